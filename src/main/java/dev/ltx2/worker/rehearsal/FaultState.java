package dev.ltx2.worker.rehearsal;

import dev.ltx2.worker.common.Clock;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** The faults of one rehearsal, and which of them have happened. */
final class FaultState {
  /** As PyTorch says it; ComfyUI appends its advice. */
  private static final String OUT_OF_MEMORY =
      "CUDA out of memory. Tried to allocate 5.27 GiB. GPU 0 has a total capacity of 79.25 GiB of"
          + " which 1.94 GiB is free. Including non-PyTorch memory, this process has 77.30 GiB"
          + " memory in use.";

  private static final String ADVICE =
      "This error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before"
          + " you might have accidentally set the batch_size to a large number.";

  private static final String ILLEGAL_ACCESS =
      "CUDA error: an illegal memory access was encountered\nCUDA kernel errors might be"
          + " asynchronously reported at some other API call, so the stacktrace below might be"
          + " incorrect.\nFor debugging consider passing CUDA_LAUNCH_BLOCKING=1\nCompile with"
          + " `TORCH_USE_CUDA_DSA` to enable device-side assertions.\n";

  private final InjectedFaults faults;
  private final Clock time;
  private final AtomicInteger outOfMemory = new AtomicInteger();
  private final AtomicBoolean dropped = new AtomicBoolean();
  private final AtomicBoolean broken = new AtomicBoolean();

  /** Pauses are those of {@code time}. */
  FaultState(InjectedFaults faults, Clock time) {
    this.faults = faults;
    this.time = time;
  }

  boolean dies(String id, String type) {
    return faults.find(InjectedFault.Die.class).filter(f -> at(f.node(), id, type)).isPresent();
  }

  /** The drop due at this node, the first time. */
  Optional<InjectedFault.DropSocket> drop(String id, String type) {
    return faults
        .find(InjectedFault.DropSocket.class)
        .filter(f -> at(f.node(), id, type) && dropped.compareAndSet(false, true));
  }

  boolean silences(String id, String type) {
    return faults.find(InjectedFault.Silence.class).filter(f -> at(f.node(), id, type)).isPresent();
  }

  boolean hangs(String id, String type) {
    return faults.find(InjectedFault.Hang.class).filter(f -> at(f.node(), id, type)).isPresent();
  }

  boolean ignoresInterrupt() {
    return faults.find(InjectedFault.IgnoreInterrupt.class).isPresent();
  }

  boolean sendsNothing() {
    return faults.find(InjectedFault.NoEvents.class).isPresent();
  }

  /** Pauses where a step is to be slow; false where none is. */
  boolean delaysStep() throws InterruptedException {
    var slow = faults.find(InjectedFault.SlowSteps.class).filter(f -> !f.step().isZero());
    if (slow.isPresent()) {
      time.sleep(slow.get().step());
    }
    return slow.isPresent();
  }

  void gpu(String id, String type) throws NodeException {
    var memory = faults.find(InjectedFault.OutOfMemory.class).filter(f -> at(f.node(), id, type));
    if (memory.isPresent() && outOfMemory.incrementAndGet() <= memory.get().times()) {
      throw new NodeException("torch.OutOfMemoryError", OUT_OF_MEMORY, ADVICE);
    }
    var cuda = faults.find(InjectedFault.CudaFault.class).filter(f -> at(f.node(), id, type));
    if (cuda.isPresent() || broken.get()) {
      broken.set(true);
      throw new NodeException("torch.AcceleratorError", ILLEGAL_ACCESS);
    }
  }

  private static boolean at(String node, String id, String type) {
    return node.equals(id) || node.equals(type);
  }
}
