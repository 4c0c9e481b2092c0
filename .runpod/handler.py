"""The Hub looks for a handler in Python. This worker is a Java program; it speaks RunPod's job
protocol itself, so all that is left here is to become it."""

import os

os.execv("/opt/worker/bin/entrypoint", ["/opt/worker/bin/entrypoint", "serve"])
