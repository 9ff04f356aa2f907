# Images of Davylamp. `npm run images` bundles dist/ first; nothing is installed or compiled in here.
#   operator  controllers, admission webhook and gateway
#   agent     the sidecar, and the runtime that it hands to the application
#   orders    the example service
ARG BASE=docker.io/library/node:24-slim

FROM ${BASE} AS base
ENV NODE_ENV=production
WORKDIR /app
COPY package.json /app/package.json
USER 65532:65532

FROM base AS operator
COPY dist/operator.js /app/operator.js
EXPOSE 8443 9443 9090
# Most of its memory are the connections of agents. Their TLS buffers, 64 KiB each, go to pages of their own, of which only those
# that are used take memory: 640 instead of 840 MiB outside of JavaScript's heap with 10,000 agents.
ENV MALLOC_MMAP_THRESHOLD_=16384
ENTRYPOINT ["node", "/app/operator.js"]

FROM base AS agent
COPY dist/runtime /app/runtime
COPY dist/agent.cjs /app/agent.cjs
COPY src/sidecar/supervise.sh /app/supervise.sh
# The agent holds a bounded buffer and little else, and there is one in every pod: small heaps; one malloc arena and two
# threads for files and names, of which it needs few; no compilers, whose code alone would be 5 MB of every agent that has had
# something to do; and a thorough collection when it comes to rest (--expose-gc).
ENV MALLOC_ARENA_MAX=1 UV_THREADPOOL_SIZE=2
# The shell stays, as process 1, whatever happens to the agent.
ENTRYPOINT ["/bin/sh", "/app/supervise.sh", "node", "--max-semi-space-size=1", "--max-old-space-size=64", "--no-opt", "--no-maglev", "--no-sparkplug", "--expose-gc", "/app/agent.cjs"]

FROM ${BASE} AS orders
WORKDIR /app
COPY examples/orders/package.json /app/package.json
COPY examples/orders/src /app/src
COPY examples/orders/dist /app/dist
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "/app/dist/server.js"]
