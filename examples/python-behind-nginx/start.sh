#!/bin/sh
# Starts notes.py, and before it nginx with examples/proxies/nginx.conf: its addresses, its name and the credential are filled
# in, TLS is left out, since browsers make keys on localhost without it, and the page is added. Ctrl-C ends both.
set -eu
cd "$(dirname "$0")"

: "${GANGWAY_CREDENTIAL:?It is what \`npx gangway backends create\` prints first.}"
port=${PORT:-8000}
export BACKEND_PORT="${BACKEND_PORT:-8001}"
gangway=${GANGWAY_URL:-http://localhost:4000}
service=${GANGWAY_SERVICE_URL:-http://127.0.0.1:4002}
PATH="$PATH:/usr/sbin"
for program in nginx python3; do
  command -v "$program" >/dev/null || { echo "It takes $program, and there is none in PATH." >&2; exit 1; }
done

# The credential lies in it: nobody else reads that.
umask 077
work=$(mktemp -d)
started=
trap 'kill $started 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 0' INT TERM

mkdir "$work/page"
sed "s|http://localhost:4000|$gangway|g" page/index.html >"$work/page/index.html"
chmod 755 "$work" "$work/page"
chmod 644 "$work/page/index.html"
{
  echo "daemon off; pid $work/pid; error_log stderr; events {}"
  echo "http { access_log off;"
  for kind in client_body proxy fastcgi uwsgi scgi; do echo "${kind}_temp_path $work/$kind;"; done
  sed -e "s|listen 443 ssl|listen 127.0.0.1:$port|" \
    -e "s|https://chat.example|http://localhost:$port|; s|chat.example|localhost|" \
    -e "s|http://127.0.0.1:4002|$service|; s|127.0.0.1:8080|127.0.0.1:$BACKEND_PORT|; s|gwb_…|$GANGWAY_CREDENTIAL|" \
    -e "s|^  location / {|  location = / { root $work/page; try_files /index.html =404; }\n&|" ../proxies/nginx.conf
  echo "}"
} >"$work/nginx.conf"

python3 notes.py &
started=$!
echo "Notes for each visitor: http://localhost:$port"
nginx -c "$work/nginx.conf" -p "$work" &
started="$started $!"
wait $!
