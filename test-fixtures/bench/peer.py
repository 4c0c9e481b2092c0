"""Times the handler of runpod-workers/worker-comfyui beside ComfyUI's own time.

Arguments: its folder, ComfyUI's host:port, runs, a file with the graph (its LoadImage and LoadAudio
say peer.png and peer.flac), the image, the audio. Prints the milliseconds of each run, without those
between ComfyUI's execution_start and execution_success, as JSON. The platform's SDK is left out:
nothing of its loop is counted.
"""
import base64, contextlib, json, sys, time, types, urllib.request

folder, host, runs, graph, image, audio = sys.argv[1:]
for name in ("runpod", "runpod.serverless", "runpod.serverless.utils"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["runpod.serverless.utils"].rp_upload = None
sys.path[:0] = [folder, folder + "/src"]
import handler

handler.COMFY_HOST = host
workflow = json.load(open(graph))
files = [
    {"name": name, "image": base64.b64encode(open(path, "rb").read()).decode()}
    for name, path in (("peer.png", image), ("peer.flac", audio))
]


def run(number):
    for node in workflow.values():
        for key in ("seed", "noise_seed"):
            if isinstance(node["inputs"].get(key), int):
                node["inputs"][key] = 1000 + number
    start = time.perf_counter()
    answer = handler.handler({"id": f"peer-{number}", "input": {"workflow": workflow, "images": files}})
    took = (time.perf_counter() - start) * 1000
    assert len(answer["images"]) == 1, answer
    with urllib.request.urlopen(f"http://{host}/history") as response:
        last = list(json.load(response).values())[-1]
    at = {message[0]: message[1]["timestamp"] for message in last["status"]["messages"]}
    return took - (at["execution_success"] - at["execution_start"])


with contextlib.redirect_stdout(sys.stderr):
    times = [run(number) for number in range(int(runs) + 1)][1:]
print(json.dumps(times))
