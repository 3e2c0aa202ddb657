# Images that do what the published ones do, for machines that can pull none: the same programs, made from packages.
ARG DEBIAN=redline-test/debian
FROM ${DEBIAN} AS base
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s "$(command -v busybox)" /usr/local/bin/wget

FROM base AS node
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm

FROM base AS postgres
COPY postgres.sh /usr/local/bin/postgres.sh
ENV PGDATA=/var/lib/postgresql/data
ENV PATH=/usr/lib/postgresql/15/bin:/usr/local/bin:/usr/bin:/bin
USER postgres
ENTRYPOINT ["/bin/sh", "/usr/local/bin/postgres.sh"]

FROM base AS temporal
COPY temporal-server temporal-sql-tool /usr/local/bin/
USER nobody

FROM base AS temporal-ui
COPY temporal-ui /home/ui-server/ui-server
COPY temporal-ui.yaml /home/ui-server/config/docker.yaml
WORKDIR /home/ui-server
USER nobody
ENTRYPOINT ["./ui-server", "--env", "docker", "start"]

FROM base AS caddy
COPY caddy /usr/local/bin/caddy
ENV XDG_DATA_HOME=/data XDG_CONFIG_HOME=/config
RUN mkdir -p /data /config
CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]

FROM base AS prometheus
RUN mkdir -p /prometheus && chown nobody /prometheus
USER nobody
ENTRYPOINT ["prometheus"]

FROM base AS llama
COPY llama /opt/llama
ENTRYPOINT ["/opt/llama/llama-server"]
