package dev.ltx2.worker.rehearsal;

import java.time.Duration;

/** One way a rehearsal misbehaves, for tests. {@code node} is a node's id or its class type. */
public sealed interface InjectedFault {
  /** The server vanishes when the node starts: every connection is reset, the port is closed. */
  record Die(String node) implements InjectedFault {}

  /** The WebSockets are dropped when the node starts, without a close frame; once. */
  record DropSocket(String node, boolean reset) implements InjectedFault {}

  /** From the node's start on no event of that prompt is sent; the sockets stay open. */
  record Silence(String node) implements InjectedFault {}

  /** The node never ends by itself. */
  record Hang(String node) implements InjectedFault {}

  /** The node runs out of GPU memory, the first {@code times} times. */
  record OutOfMemory(String node, int times) implements InjectedFault {}

  /** An illegal memory access at the node; as on a GPU, no node after it works again. */
  record CudaFault(String node) implements InjectedFault {}

  /** A pause before each step of the sampler. */
  record SlowSteps(Duration step) implements InjectedFault {}

  /** Interrupts are answered, and change nothing. */
  record IgnoreInterrupt() implements InjectedFault {}

  /** Prompts run and end in the history, and send no event at all. */
  record NoEvents() implements InjectedFault {}
}
