# One image for the API, the workers and the commands: `docker run … seatmark api`. It needs DATABASE_URL for `migrate`
# alone, and a volume at /var/lib/seatmark that all containers share.
FROM node:22-bookworm-slim AS console
WORKDIR /opt/seatmark
COPY console/package.json console/package-lock.json console/.npmrc console/
RUN npm --prefix console --loglevel error --no-fund --no-audit ci
COPY schema.graphql ./
COPY console console
RUN npm --prefix console run build

FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/seatmark
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv .venv
COPY requirements.lock ./
RUN .venv/bin/pip install --no-deps --require-hashes -r requirements.lock
COPY pyproject.toml requirements.in LICENSE README.md ./
COPY app app
COPY workers workers
COPY clients clients
RUN .venv/bin/pip install --no-deps --no-build-isolation --no-index --editable .
# Whoever serves may not write here: compiled at each start, it would take twice as long.
RUN .venv/bin/python -m compileall -q app workers

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/seatmark --create-home --shell /usr/sbin/nologin seatmark
COPY --from=build /opt/seatmark /opt/seatmark
COPY --from=console /opt/seatmark/console/dist /opt/seatmark/console/dist
ENV PATH=/opt/seatmark/.venv/bin:$PATH PYTHONUNBUFFERED=1 SEATMARK_DATA_DIR=/var/lib/seatmark SEATMARK_HOST=0.0.0.0
USER seatmark
VOLUME /var/lib/seatmark
EXPOSE 8000
STOPSIGNAL SIGTERM
# Of the API; a worker's is `--health-cmd "seatmark worker-check"`, with SEATMARK_WORKER_METRICS_PORT set.
HEALTHCHECK --interval=10s --timeout=12s --start-period=30s CMD ["seatmark", "api-check"]
ENTRYPOINT ["seatmark"]
CMD ["api"]
