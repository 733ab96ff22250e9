#!/usr/bin/env bash
# Chat built by the nightly compiler, and chat built without optimisation, loaded into the release host: two nodes,
# one with each, that exchange a line both ways. Without a nightly toolchain the nightly's part is played by the other.
set -euo pipefail
cd "$(dirname "$0")/.."

target="${CARGO_TARGET_DIR:-$PWD/target}"
lib=libbackplane_chat.so
host="$target/release/backplane"
cargo build --locked --release -p backplane
cargo build --locked -p backplane-chat
unoptimised="$target/debug/$lib"
if cargo +nightly --version >/dev/null 2>&1; then
    cargo +nightly build --locked -p backplane-chat --target-dir "$target/compilers"
    nightly="$target/compilers/debug/$lib"
else
    echo "compilers: skipped: no nightly toolchain"
    nightly="$unoptimised"
fi

work="$(mktemp -d)"
nodes=()
cleanup() {
    for node in "${nodes[@]}"; do kill -KILL "$node" 2>/dev/null || true; done
    rm -rf "$work"
}
trap cleanup EXIT

fail() {
    echo "compilers: $1" >&2
    tail -n 20 "$work"/*/log >&2
    exit 1
}

# Starts node $1 with the library $2, and more settings after them.
start() {
    local dir="$work/$1"
    mkdir -p "$dir/plugins"
    cp "$2" "$dir/plugins/"
    local sets=(node.data_dir="$dir/data" plugins.dir="$dir/plugins" rpc.listen="unix://$dir/rpc" \
        network.localnet=true network.outbound_connections=0 plugin.chat.required=true "${@:3}")
    "$host" run "${sets[@]/#/--set=}" 2>"$dir/log" &
    nodes+=($!)
}

call() { "$host" call --rpc "unix://$work/$1/rpc" "${@:2}" 2>/dev/null; }

# Waits until the command after $1 succeeds.
eventually() {
    for _ in $(seq 300); do
        if "${@:2}"; then return; fi
        sleep 0.1
    done
    fail "waited in vain for: $1"
}

says() { [ "$(call "$1" chat.send "[\"$2\"]")" = true ]; }
heard() { call "$1" chat.recv | grep -qF "$2"; }

start nightly "$nightly" network.inbound=tcp://127.0.0.1:0
eventually "the first node" grep -q "listening for peers" "$work/nightly/log"
address="$(grep -o 'tcp://127.0.0.1:[0-9]*' "$work/nightly/log" | head -n 1)"
start unoptimised "$unoptimised" network.peers="$address"

eventually "a line from the second node" says unoptimised "from the unoptimised one"
eventually "the line at the first node" heard nightly "from the unoptimised one"
eventually "a line from the first node" says nightly "from the nightly one"
eventually "the line at the second node" heard unoptimised "from the nightly one"

for node in "${nodes[@]}"; do
    kill -TERM "$node"
    wait "$node" || fail "a node ended with $?"
done
nodes=()
echo "compilers: both libraries chat in the release host"
