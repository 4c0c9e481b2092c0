# syntax=docker/dockerfile:1
#
#   docker build -t ltx2-worker .                          CUDA 13.0: driver 580 or newer
#   docker build --build-arg CUDA=12.8 -t ltx2-worker .    CUDA 12.8: driver 570 or newer
#
# COMFYUI_BASE: the image that has ComfyUI in /comfyui and its Python in /opt/python; the stage
#   "comfyui" unless given. RUNTIME_BASE: what the stage "worker" stands on; any Linux with
#   glibc 2.35 and libstdc++. BUILD_BASE: a JDK 25 in JAVA_HOME, and Maven.
ARG CUDA=13.0
# The index of that tag as `docker buildx imagetools inspect` and Docker Hub showed it in September
# 2026; its amd64 image is sha256:496754492fb28b4d3049432f2ca787449331e23fb14f0dd3fffea86bf5a93eb4.
ARG UBUNTU=ubuntu:noble-20260911@sha256:008173c23f95b170204355c12626cb5a965d779a7e1283b09e9cffbb1bf33ca3
ARG COMFYUI_BASE=comfyui
ARG RUNTIME_BASE=${COMFYUI_BASE}
# JDK 25.0.4+7
ARG BUILD_BASE=maven:3.9.16-eclipse-temurin-25-noble@sha256:d67198007bb4441b07d45587320f83154de80ece3608f80408ef14c6ea847753

# --- ComfyUI: core nodes only, by commit --------------------------------------------------------
FROM ${UBUNTU} AS source
ARG COMFYUI_REPOSITORY=https://github.com/comfyanonymous/ComfyUI.git
# v0.33.0
ARG COMFYUI_COMMIT=2f35f4a08176d993cded35dac3332be4f7287f41
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates git
RUN git init -q /comfyui && cd /comfyui \
 && git fetch -q --depth 1 "$COMFYUI_REPOSITORY" "$COMFYUI_COMMIT" \
 && git checkout -q FETCH_HEAD && rm -rf .git

FROM ${UBUNTU} AS comfyui
ARG CUDA
RUN apt-get update \
 && apt-get install -y --no-install-recommends libstdc++6 python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
# The locks name every package, and all but six files by hash: pip chooses nothing, and its check says
# if one is missing. The wheels carry CUDA's libraries; of the host only the driver is needed.
COPY image/torch-${CUDA}.lock /tmp/torch.lock
RUN python3 -m venv /opt/python \
 && /opt/python/bin/pip install -q --no-cache-dir --no-deps --only-binary :all: -r /tmp/torch.lock
COPY image/requirements.lock image/unhashed.lock image/check-imports.py /tmp/
RUN /opt/python/bin/pip install -q --no-cache-dir --no-deps --only-binary :all: \
      -r /tmp/requirements.lock \
 && /opt/python/bin/pip install -q --no-cache-dir --no-deps --only-binary :all: \
      -r /tmp/unhashed.lock \
 && /opt/python/bin/pip check && /opt/python/bin/python /tmp/check-imports.py \
 && rm /tmp/*.lock /tmp/check-imports.py
COPY --from=source /comfyui /comfyui
# A user who cannot write there would compile it at every start.
RUN /opt/python/bin/python -m compileall -q /comfyui

# --- The worker's files -------------------------------------------------------------------------
FROM ${BUILD_BASE} AS build
WORKDIR /build
COPY pom.xml ./
COPY src/main src/main
COPY test-fixtures/comfyui/object_info.json test-fixtures/comfyui/
ARG COMMIT=unknown
RUN mvn -q -B -Dcommit="${COMMIT}" -Plicences -DskipTests -Dspotless.check.skip package
# FFmpeg's libraries lie unpacked on the library path: JavaCPP would unpack them at every start of a
# user who cannot write to its cache. The jars they came in stay out, as do FFmpeg's executables.
RUN mkdir -p /opt/worker/natives /opt/worker/lib /opt/worker/licences \
 && cp target/bom.json target/THIRD-PARTY.txt /opt/worker/licences/ \
 && cd /opt/worker/natives \
 && for jar in /build/target/lib/*-linux-x86_64.jar; do "$JAVA_HOME/bin/jar" xf "$jar"; done \
 && find org -name '*.so*' -exec mv {} . \; && rm -rf org META-INF ffmpeg \
 && rm -f libavdevice* libjniavdevice* libavfilter* libjniavfilter* \
 && cp -p /build/target/ltx2-worker.jar /opt/worker/ \
 && find /build/target/lib -name '*.jar' ! -name '*-linux-x86_64.jar' \
      -exec cp -p {} /opt/worker/lib/ \;
# No module of desktop, XML or naming: nothing of the worker, nor what its libraries do for it, asks
# for one.
RUN "$JAVA_HOME/bin/jlink" --output /opt/worker/jre --compress zip-6 \
      --add-modules java.logging,java.management,java.security.sasl,jdk.unsupported \
      --no-header-files --no-man-pages
COPY workflows /opt/worker/workflows
COPY models.txt LICENSE /opt/worker/
COPY image/NOTICE /opt/worker/licences/
RUN cp /usr/share/common-licenses/LGPL-3 /usr/share/common-licenses/GPL-3 /opt/worker/licences/
COPY image/entrypoint image/healthcheck /opt/worker/bin/
# Here and not in the image's own layers, where it would store every file a second time.
RUN chmod -R a+rX /opt/worker

# --- Worker over whatever base ------------------------------------------------------------------
FROM ${RUNTIME_BASE} AS worker
COPY --from=build /opt/worker /opt/worker
# Last, on this very layout: until JDK 25.0.4 the cache is not compared with the jars it was made
# from, and a stale one runs old code. The training run is a worker's start: ComfyUI is started (a
# shell plays it), a job is asked for, nobody answers, SIGTERM ends it.
RUN mkdir /tmp/comfyui && echo 'exec sleep 60' >/tmp/comfyui/main.py && cd /tmp/comfyui \
 && nowhere=http://127.0.0.1:9/ \
 && { WORKER_AOT=-XX:AOTCacheOutput=/opt/worker/worker.aot TMPDIR=/tmp/comfyui \
      COMFYUI_DIR=/tmp/comfyui COMFYUI_PYTHON=sh RUNPOD_WEBHOOK_GET_JOB=$nowhere \
      RUNPOD_WEBHOOK_POST_OUTPUT=$nowhere RUNPOD_WEBHOOK_PING=$nowhere RUNPOD_AI_API_KEY=none \
      RUNPOD_POD_ID=build /opt/worker/bin/entrypoint >log 2>&1 & } \
 && for second in $(seq 60); do grep -q 'Taking jobs' log && break; sleep 1; done \
 && kill -TERM $! && wait $! && cat log && test -s /opt/worker/worker.aot && rm -r /tmp/comfyui
# HOME: any uid may run it, with no entry in /etc/passwd. The last two: the host's driver goes in.
ENV HOME=/tmp \
    PATH=/opt/worker/bin:$PATH \
    NVIDIA_VISIBLE_DEVICES=all \
    NVIDIA_DRIVER_CAPABILITIES=compute,utility,video
WORKDIR /tmp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/opt/worker/bin/healthcheck"]
ENTRYPOINT ["/opt/worker/bin/entrypoint"]
