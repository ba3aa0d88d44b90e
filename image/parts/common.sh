# Small helpers of all steps.

say() { echo "image: $*" >&2; }
fail() { say "$*" && exit 1; }

# The words of a list without its comments.
words() { sed 's/#.*//' "$@" | tr -s ' \t\n' '\n' | sed '/^$/d'; }

# The address of Debian, or of its security updates, as this machine's own apt knows it.
mirror() { # LABEL
	apt-get indextargets --format '$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
		sed -n "s/^$1|//p" | head -n 1
}

# Lines of sources.list for the suite of the image.
sources() {
	debian=${AUFRUF_MIRROR:-$(mirror Debian)}
	security=${AUFRUF_MIRROR_SECURITY:-$(mirror Debian-Security)}
	[ -n "$debian" ] || fail 'apt knows no Debian mirror; please set AUFRUF_MIRROR'
	echo "deb $debian $suite main non-free-firmware"
	echo "deb $debian $suite-updates main non-free-firmware"
	[ -z "$security" ] || echo "deb $security $suite-security main non-free-firmware"
}

# Root as far as owners of files go: mksquashfs writes down what it sees.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else fakeroot -- "$@"; fi
}

# Moves a finished file to its place: half a file is never found there.
finish() { sync "$1" && mv -f "$1" "$2"; }
