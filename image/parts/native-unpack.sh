#!/bin/sh
# Lets a foreign Debian that is being set up unpack its packages with this machine's speed: unpacking is
# most of the work, and needs nothing of the foreign machine. Called by mmdebstrap's hooks:
#   native-unpack.sh in ROOM ROOT    ROOM's own dpkg-deb stands in for ROOT's
#   native-unpack.sh out ROOM ROOT   as it was
set -eu
does=$1
room=$2
root=$3
native=x86_64-linux-gnu
[ "$(dpkg --print-architecture)" = amd64 ] || exit 0

case $does in
in)
	mkdir -p "$root/usr/lib64" "$root/usr/lib/$native"
	ln -s usr/lib64 "$root/lib64"
	for library in libz.so.1 liblzma.so.5 libzstd.so.1 libbz2.so.1.0 libmd.so.0 libc.so.6 ld-linux-x86-64.so.2; do
		cp -L "$room/usr/lib/$native/$library" "$root/usr/lib/$native/"
	done
	ln -s "../lib/$native/ld-linux-x86-64.so.2" "$root/usr/lib64/ld-linux-x86-64.so.2"
	mv "$root/usr/bin/dpkg-deb" "$root/usr/bin/dpkg-deb.foreign"
	cp "$room/usr/bin/dpkg-deb" "$root/usr/bin/dpkg-deb"
	;;
out)
	mv "$root/usr/bin/dpkg-deb.foreign" "$root/usr/bin/dpkg-deb"
	rm -rf "${root:?}/lib64" "$root/usr/lib64" "${root:?}/usr/lib/$native"
	;;
esac
