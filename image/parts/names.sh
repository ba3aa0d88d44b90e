# Where everything lies. Sourced by build, then handed to each step through the environment.
# Needs $arch; must be sourced from the root of the project.

case $arch in
amd64) rust_triple=x86_64-unknown-linux-gnu ;;
arm64) rust_triple=aarch64-unknown-linux-gnu ;;
*) echo "image: unknown architecture: $arch (amd64 or arm64)" >&2 && exit 2 ;;
esac

suite=trixie
# "no" leaves compositor and browser out: a smaller image for quick rigs.
screen=${AUFRUF_SCREEN:-yes}
target=${CARGO_TARGET_DIR:-$PWD/target}
images=${AUFRUF_IMAGES:-$target/image}
cache=$images/cache
out=$images/$arch
work=${AUFRUF_WORK:-$images/work-$arch}
# Whose signature counts on what is built here: image/keys/make.
keys=${AUFRUF_KEYS:-$images/keys}
# One date in everything we pack: that of the commit.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)

export arch rust_triple suite screen target cache out work keys SOURCE_DATE_EPOCH
