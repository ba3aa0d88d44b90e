# Saying what happens, and finding partitions.

# To the kernel's log and to a file that units and the console read.
tell() {
	echo "aufruf-init: $*" >/dev/kmsg
	echo "$*" >>/run/aufruf-boot/said
}

# Nothing to start from. After a minute the box tries again: a card may have been loose.
give_up() {
	tell "$*; trying again in 60 s"
	sleep 60
	reboot -f
}

# The device of a partition, by its name in the partition table.
partition() { # NAME
	for uevent in /sys/class/block/*/uevent; do
		if grep -qx "PARTNAME=$1" "$uevent"; then
			uevent=${uevent%/uevent}
			echo "/dev/${uevent##*/}"
			return 0
		fi
	done
	return 1
}

# Waits up to 30 s: a USB disk needs a while, a card is there at once.
wait_for_partition() { # NAME
	tries=300
	until partition "$1" >/dev/null; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# The value of KEY=… on the kernel's command line.
kernel_option() { # KEY
	# shellcheck disable=SC2013 # words are what it has
	for word in $(cat /proc/cmdline); do
		case $word in "$1"=*) echo "${word#*=}" ;; esac
	done | tail -n 1
}

mounted() { # FOLDER
	grep -q " $1 " /proc/mounts
}
