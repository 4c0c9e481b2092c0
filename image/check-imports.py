"""Imports what ComfyUI imports: a wheel that is there may still want a library that is not.

Run by the image's build, where there is no GPU and no driver: what fails for want of the driver's
library alone is printed and passed over.
"""
import importlib
import sys

failed = False
for name in sys.argv[1:] or ["torch", "torchaudio", "torchvision", "comfy_aimdo", "comfy_kitchen", "av"]:
    try:
        importlib.import_module(name)
        print(f"imports {name}")
    except Exception as error:  # whatever a package does while it is imported
        only_driver = any(library in str(error) for library in ("libcuda.so", "libnvidia-ml.so"))
        failed |= not only_driver
        verdict = "needs the driver" if only_driver else "does not import"
        print(f"{verdict}: {name}: {type(error).__name__}: {error}")
sys.exit(1 if failed else 0)
