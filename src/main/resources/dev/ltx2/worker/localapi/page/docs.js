"use strict";

/** An element with text and children; nothing is ever parsed as HTML. */
function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
}

function table(heads, rows) {
  const head = element("tr", "", ...heads.map((text) => element("th", text)));
  const body = rows.map((row) => element("tr", "", ...row.map((cell) => element("td", cell))));
  return element("table", "", element("thead", "", head), element("tbody", "", ...body));
}

/** What a value may be, in one line. */
function kind(schema) {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(", ");
  const either = schema.anyOf || schema.oneOf;
  if (either) return either.map(kind).filter(Boolean).join(" or ");
  const type = Array.isArray(schema.type) ? schema.type.join(" or ") : schema.type || "";
  const limits = [];
  if (schema.minimum !== undefined) limits.push("from " + schema.minimum);
  if (schema.maximum !== undefined) limits.push("to " + schema.maximum);
  return [type, ...limits].join(" ");
}

function call(path, method, operation) {
  const summary = element("summary");
  const verb = element("span", method.toUpperCase());
  verb.className = "method";
  summary.append(verb, " ", element("code", path), " ", operation.summary);
  const about = element("details", "", summary);
  const given = (operation.parameters || []).map((one) => [
    one.name, one.in, kind(one.schema), one.description || "",
  ]);
  if (given.length) about.append(table(["parameter", "in", "is", ""], given));
  const answers = Object.entries(operation.responses).map(([code, one]) => [code, one.description]);
  about.append(table(["answer", "when"], answers));
  return about;
}

async function show() {
  const api = await (await fetch("/openapi.json")).json();
  const calls = document.getElementById("calls");
  calls.replaceChildren();
  for (const tag of api.tags) {
    calls.append(element("h2", tag.description));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (operation.tags.includes(tag.name)) calls.append(call(path, method, operation));
      }
    }
  }
  const input = api.components.schemas.Input;
  const rows = Object.entries(input.properties || {}).map(([name, one]) => [
    name, kind(one), one.default === undefined ? "" : JSON.stringify(one.default),
    one.description || "",
  ]);
  document.getElementById("fields").append(table(["field", "is", "default", ""], rows));
}

show().catch((e) => {
  document.getElementById("calls").textContent = "The description could not be loaded: " + e.message;
});
