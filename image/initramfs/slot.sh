# Which of the two systems starts. /data/slot.state holds three lines:
#
#   primary=a      known to be good
#   try=b          new, not yet known to be good; empty if there is none
#   tries_left=2   how often it may still be started
#
# A try is counted before it is started, so that one that dies at once comes to its end as well.
# Becoming good, and beginning a try, is /usr/lib/aufruf/slot in the running system.

slot_file=/data/slot.state

other() { [ "$1" = a ] && echo b || echo a; }

state_of() { # KEY
	sed -n "s/^$1=//p" "$slot_file" 2>/dev/null | head -n 1
}

# Whole or not at all: written beside, synced, moved, synced.
write_slots() { # PRIMARY TRY TRIES_LEFT
	mounted /data || return 0
	printf 'primary=%s\ntry=%s\ntries_left=%s\n' "$1" "$2" "$3" >"$slot_file.new"
	sync
	mv "$slot_file.new" "$slot_file"
	sync
}

# Sets $slot; $slot_known is empty if the data partition could not be asked.
choose_slot() {
	slot_known=yes
	slot=$(kernel_option slot)
	case $slot in a | b) return ;; esac
	slot=a
	# shellcheck disable=SC2034 # read by init
	mounted /data || { slot_known='' && return; }

	primary=$(state_of primary)
	try=$(state_of try)
	left=$(state_of tries_left)
	case $primary in a | b) ;; *) primary=a ;; esac
	case $left in [1-9]) ;; *) left=0 ;; esac
	slot=$primary
	case $try in
	a | b)
		if [ "$left" -gt 0 ]; then
			slot=$try
			write_slots "$primary" "$try" $((left - 1))
			tell "slot $try is tried, $((left - 1)) tries left"
		else
			write_slots "$primary" '' 0
			tell "slot $try never became good: back to $primary"
			echo "$try" >/run/aufruf-boot/fell-back-from
		fi
		;;
	esac
}

# A root without the modules of the running kernel would have no network and no sound: it needs a
# kernel of its own (kernel.sh), and there is no third one.
mount_slot() { # SLOT
	wait_for_partition "root_$1" || return 1
	mount -t squashfs -o ro "$(partition "root_$1")" /slot 2>/dev/null || return 1
	if [ -x /slot/usr/lib/systemd/systemd ] && { fits_kernel || start_its_kernel "$1"; }; then
		return 0
	fi
	umount /slot
	return 1
}

mount_root_of_slot() {
	if ! mount_slot "$slot"; then
		tell "slot $slot cannot be mounted: using $(other "$slot")"
		echo "$slot" >/run/aufruf-boot/fell-back-from
		slot=$(other "$slot")
		mount_slot "$slot" || return 1
	fi
	echo "$slot" >/run/aufruf-boot/slot
	tell "slot $slot"
}

# The data partition had to be repaired before it could be asked.
choose_again() {
	before=$slot
	choose_slot
	[ "$slot" = "$before" ] && return
	umount /slot
	mount_root_of_slot || give_up 'neither slot can be mounted'
}
