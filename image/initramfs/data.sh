# The data partition: mounted, repaired, grown; and what of the system is kept on it.

# Mounted means: without errors the file system itself has noticed, and it takes what is written. One
# that was damaged mounts well, and turns read-only in the middle of the morning.
mount_data() {
	device=$(partition data) || return 1
	mount -t ext4 -o noatime,errors=remount-ro "$device" /data 2>/dev/null || return 1
	errors=$(cat "/sys/fs/ext4/${device#/dev/}/errors_count")
	if [ "$errors" = 0 ] && date >/data/.last-start && sync && grep -q ' /data ext4 rw' /proc/mounts; then
		return 0
	fi
	tell "data partition has errors: $errors"
	umount /data
	return 1
}

# Runs a program of the slot: the initramfs has none for file systems.
in_root() {
	mount --bind /dev /slot/dev
	mount -t proc proc /slot/proc
	mount -t sysfs sys /slot/sys
	chroot /slot "$@" >/run/aufruf-boot/last-output 2>&1
	code=$?
	umount /slot/sys /slot/proc /slot/dev
	return $code
}

# The journal of ext4 heals a power cut by itself at mounting; this is for worse. A second and third
# round, for the first may only have found a superblock to begin with.
repair_data() {
	device=$(partition data) || return 1
	for round in 1 2 3; do
		tell "data partition cannot be used: repairing, round $round"
		in_root /usr/sbin/e2fsck -f -y "$device"
		case $? in
		0 | 1 | 2) tell 'data partition repaired' && : >/run/aufruf-boot/data-repaired && return ;;
		esac
	done
	tell 'data partition could not be repaired'
}

# Once in its life: the partition, from the size of the image to the size of the card. Its file system
# follows in the running system (systemd-growfs), where a power cut cannot leave it half grown.
grow_data() {
	[ ! -e /data/.grown ] || return 0
	device=$(partition data)
	name=${device#/dev/}
	number=$(cat "/sys/class/block/$name/partition")
	disk=$(basename "$(dirname "$(readlink -f "/sys/class/block/$name")")")
	if in_root /bin/sh -c "
		/usr/sbin/sfdisk --quiet --no-reread --no-tell-kernel --relocate gpt-bak-std /dev/$disk
		echo ', +' | /usr/sbin/sfdisk --quiet --no-reread --no-tell-kernel -N $number /dev/$disk &&
		/usr/bin/partx --update --nr $number /dev/$disk"; then
		: >/data/.grown
		sync
		tell "data partition has $(cat "/sys/class/block/$name/size") sectors"
	else
		tell "data partition not grown: $(tail -n 1 /run/aufruf-boot/last-output)"
	fi
}

# The box is the same machine after every start, whatever slot it starts from.
keep_identity() {
	if ! grep -qE '^[0-9a-f]{32}$' /data/machine-id 2>/dev/null; then
		tr -d - </proc/sys/kernel/random/uuid >/data/machine-id.new
		sync
		mv /data/machine-id.new /data/machine-id
	fi
	cp /data/machine-id /run/machine-id
}

# Below /data as below /: states of our services, and the clock and the seed of systemd.
bind_kept_folders() { # NEW_ROOT
	mkdir -p "$1/data/var/lib/private" "$1/data/var/lib/systemd" "$1/var/lib/private" "$1/var/lib/systemd"
	chmod 700 "$1/data/var/lib/private"
	mount --bind "$1/data/var/lib/private" "$1/var/lib/private"
	mount --bind "$1/data/var/lib/systemd" "$1/var/lib/systemd"
}
