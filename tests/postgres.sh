#!/bin/sh
# A throw-away PostgreSQL server for tests: postgres.sh start|stop DIR PORT
# Listens on 127.0.0.1 only, trusts user "postgres", survives no power cut. Exit code 3: no server
# programs on this machine (Debian: apt-get install postgresql).
set -eu

action=$1 dir=$2 port=$3
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v pg_ctl || true)")
[ -x "$bin/initdb" ] || exit 3

# the server refuses to run as root
as_server() {
    if [ "$(id -u)" = 0 ]; then
        su -s /bin/sh postgres -c "cd '$dir' && $*"
    else
        (cd "$dir" && sh -c "$*")
    fi
}

case $action in
start)
    mkdir -p "$dir"
    [ "$(id -u)" != 0 ] || chown postgres "$dir"
    as_server "$bin/initdb -D '$dir/data' -U postgres -A trust -E UTF8 --locale=C --no-sync" >/dev/null
    as_server "$bin/pg_ctl -D '$dir/data' -l '$dir/server.log' -w -t 60 \
        -o '-p $port -k $dir -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off \
            -c full_page_writes=off -c max_connections=50 -c shared_buffers=64MB' start" >/dev/null
    ;;
stop)
    as_server "$bin/pg_ctl -D '$dir/data' -m immediate -w stop" >/dev/null
    ;;
*)
    echo "usage: postgres.sh start|stop DIR PORT" >&2
    exit 2
    ;;
esac
