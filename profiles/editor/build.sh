#!/bin/sh
# Builds the page: `sh build.sh [OUT]`, from any folder. The libraries, at the versions and hashes of
# package-lock.json, are kept in build/editor; none is left beside the sources. It says in one line
# what a person has to do when it cannot go on, and ends with 2.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(CDPATH='' cd -- "$here/../.." && pwd -P)
out=${1:-$here/sternway-editor.html}
home=$root/build/editor
stamp=$home/installed

fail() {
    printf 'editor: %s\n' "$*" >&2
    exit 2
}

for tool in node npm; do
    command -v $tool >/dev/null || fail "needs Node 18 or newer with npm to be built (not to be used); install them, then call this again"
done
mkdir -p "$home"
exec 9<"$home"
! command -v flock >/dev/null || flock -w 600 9 || fail "another build did not end in 10 minutes"

wanted=$(cat "$here/package.json" "$here/package-lock.json" | sha256sum | cut -d' ' -f1)
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$wanted" ]; then
    rm -f "$stamp"
    cp "$here/package.json" "$here/package-lock.json" "$home/"
    # No script of a package is run: esbuild's own only looks whether its program is there.
    if ! (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 </dev/null); then
        if grep -q -E 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH' "$home/npm.log"; then
            fail "no network: what package-lock.json pins could not be downloaded. Connect, then call this again"
        fi
        tail -n 5 "$home/npm.log" >&2
        fail "npm could not install what package-lock.json pins (above: its last lines)"
    fi
    printf '%s\n' "$wanted" >"$stamp"
fi
node "$here/build.mjs" "$home/node_modules" "$out"
