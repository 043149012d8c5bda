# The chat with its model and its index in one image: nothing is fetched when it runs.
# docs/deploy.md explains it.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
# The build of torch for processors alone: with CUDA it is several times as large.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
COPY pyproject.toml requirements.lock ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --no-deps --require-hashes --requirement requirements.lock \
    && .venv/bin/pip install --no-cache-dir --index-url "$TORCH_INDEX" \
        "$(grep -o 'torch==[0-9.]*' pyproject.toml)"
COPY . .
# The model and the index, made here, so that a container starts with both.
RUN XDG_CACHE_HOME=/app/.cache .venv/bin/python -m index build \
    && .venv/bin/python -m compileall -q app.py index rag web

FROM python:3.11-slim-bookworm
COPY --from=build /app /app
# Nobody of the host, and nobody who owns a file of the image.
RUN install --directory --owner=10001 --group=10001 /data
USER 10001:10001
WORKDIR /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_CACHE_HOME=/app/.cache \
    MPLCONFIGDIR=/tmp/matplotlib \
    GRADIO_TEMP_DIR=/tmp/gradio \
    HF_HUB_OFFLINE=1 \
    HOST=0.0.0.0 \
    PORT=7860 \
    QA_FEEDBACK_FILE=/data/feedback.sqlite
VOLUME /data
EXPOSE 7860
# Ready when it answers questions; loading takes some seconds.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=4)"]
CMD ["python", "app.py"]
