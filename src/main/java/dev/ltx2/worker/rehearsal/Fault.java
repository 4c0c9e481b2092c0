package dev.ltx2.worker.rehearsal;

import java.time.Duration;

/** One way a rehearsal misbehaves, for tests. {@code node} is a node's id or its class type. */
public sealed interface Fault {
  /** The server vanishes when the node starts: every connection is reset, the port is closed. */
  record Die(String node) implements Fault {}

  /** The WebSockets are dropped when the node starts, without a close frame; once. */
  record DropSocket(String node, boolean reset) implements Fault {}

  /** From the node's start on no event of that prompt is sent; the sockets stay open. */
  record Silence(String node) implements Fault {}

  /** The node never ends by itself. */
  record Hang(String node) implements Fault {}

  /** The node runs out of GPU memory, the first {@code times} times. */
  record OutOfMemory(String node, int times) implements Fault {}

  /** An illegal memory access at the node; as on a GPU, no node after it works again. */
  record CudaFault(String node) implements Fault {}

  /** A pause before each step of the sampler. */
  record SlowSteps(Duration step) implements Fault {}

  /** Interrupts are answered, and change nothing. */
  record IgnoreInterrupt() implements Fault {}

  /** Prompts run and end in the history, and send no event at all. */
  record NoEvents() implements Fault {}
}
