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
ENTRYPOINT ["node", "/app/operator.js"]

FROM base AS agent
COPY dist/runtime /app/runtime
COPY dist/agent.js /app/agent.js
# Small heaps: the agent holds a bounded buffer and little else.
ENTRYPOINT ["node", "--max-semi-space-size=1", "--max-old-space-size=64", "/app/agent.js"]

FROM ${BASE} AS orders
WORKDIR /app
COPY examples/orders/package.json /app/package.json
COPY examples/orders/src /app/src
COPY examples/orders/dist /app/dist
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "/app/dist/server.js"]
