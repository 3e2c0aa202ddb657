#!/usr/bin/env bash
# The quickstart as somebody new tries it: a Debian 13 that has nothing, empty caches, the commands of the README and no
# others. Says how long each took. As root, with debootstrap.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$(mktemp -d "${TMPDIR:-/tmp}/redline-quickstart.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
authorities=/etc/ssl/certs/ca-certificates.crt

needed=$(grep -o 'apt-get install git[^`]*' README.md)
tools=$(grep -o '^apt-get install golang.*' docs/quickstart.md)
clone=$(grep -o '^git clone .*' README.md | sed 's#<this repository>#/repository.bundle#')
demo="$(grep -ox 'npm run demo' README.md) -- --exit"
# What only a build needs is installed only where vendors' downloads are out of reach.
if curl -fsSIL --max-time 10 https://github.com > /dev/null 2>&1; then tools=:; fi

debootstrap --variant=minbase trixie "$root" > "$root.log" || { tail "$root.log"; exit 1; }
rm -f "$root.log"
git bundle create -q "$root/repository.bundle" HEAD
cp /etc/resolv.conf "$root/etc/"

# Where this machine's registries and certificates are is passed on; nothing else is.
passed=()
while IFS= read -r name; do passed+=("$name=${!name}"); done < <(
  compgen -e | grep -E '(CERT|CERTS|CA_BUNDLE|CERT_FILE)$|_(PROXY|proxy)$|^GOPROXY$|^PIP_INDEX_URL$|^npm_config_registry$'
)

inside() {
  unshare --mount --pid --fork --kill-child bash -c '
    mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && mount -t tmpfs tmpfs "$0/tmp"
    exec chroot "$0" "${@:2}" bash -c "$1"' \
    "$root" "$1" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8 "${passed[@]}"
}

step() {
  local begun=$SECONDS
  echo "\$ $1"
  inside "cd /root && ${2:-} $1"
  printf '%s: %d s\n' "$1" $((SECONDS - begun)) >> "$root/times"
}

inside 'apt-get -qq update'
step "${needed/install/install -qq -y}"
if [ "$tools" != : ]; then step "${tools/install/install -qq -y}"; fi
if [ -f "$authorities" ]; then cp "$authorities" "$root$authorities"; fi
step "$clone"
step "$demo" 'cd redline &&'

printf '\n%s\n' "$(grep -m1 'model name' /proc/cpuinfo | cut -d: -f2-), $(nproc) cores"
cat "$root/times"
echo "disk: $(du -sh --exclude=proc "$root/root" | cut -f1) in the home folder"
