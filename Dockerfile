# syntax=docker/dockerfile:1
# One image for `sluice server`, `sluice worker` and every other command: the package as npm packs it, its dependencies as locked.
ARG NODE_TAG=24.21.0-bookworm-slim

FROM node:${NODE_TAG} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
# Packages of their own; any of them may be gone.
COPY extras ./extras
RUN npm ci --ignore-scripts
COPY tsconfig.json README.md CHANGELOG.md LICENSE ./
COPY bin ./bin
COPY tools ./tools
COPY src ./src
RUN npm pack && mkdir /app && tar --extract --file sluice-*.tgz --strip-components 1 --directory /app
# The pages need no other package.
RUN if test -d extras/dashboard; then \
    npm run build -w extras/dashboard \
    && mkdir -p /pages/@sluice/dashboard \
    && cp -r extras/dashboard/package.json extras/dashboard/dist /pages/@sluice/dashboard/; \
  else mkdir -p /pages; fi
WORKDIR /app
# No package needs its install script. Of Temporal's core only the one for this processor stays.
RUN cp /build/package-lock.json /build/.npmrc ./ \
  && npm ci --omit=dev --ignore-scripts \
  && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
    ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -r {} + \
  && cp -r /pages/. node_modules/

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
ENV NODE_ENV=production
USER node
EXPOSE 8090 8091
# What is healthy depends on the command: docker-compose.yml calls `sluice healthcheck` for server and worker.
ENTRYPOINT ["node", "bin/sluice.mjs"]
CMD ["--help"]
