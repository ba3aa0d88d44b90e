# An update may bring another kernel. The one on the FAT partition is never overwritten: it starts
# every box, counts the try, and only then hands over to the kernel that stands in the slot. So a
# kernel that does not come up is as harmless as a program that does not.

fits_kernel() { [ -d "/slot/usr/lib/modules/$(uname -r)" ]; }

# Does not come back if it works. The hardware's watchdog is set before: a kernel that hangs is ended
# by it, and one that comes up but never reaches systemd is ended by open_timeout.
start_its_kernel() { # SLOT
	[ -z "$(kernel_option aufruf.second)" ] && [ -e /slot/boot/vmlinuz ] || return 1
	mount --bind /dev /slot/dev && mount -t proc proc /slot/proc && mount -t sysfs sys /slot/sys
	options="$(cat /proc/cmdline) slot=$1 aufruf.second=1 watchdog.open_timeout=300"
	if chroot /slot /sbin/kexec --load /boot/vmlinuz --initrd=/boot/initrd --command-line="$options" >/dev/kmsg 2>&1; then
		tell "slot $1 has a kernel of its own: starting it"
		sync
		umount /data 2>/dev/null
		[ ! -e /dev/watchdog ] || watchdog -T 60 -t 5 /dev/watchdog
		chroot /slot /sbin/kexec --exec
	fi
	tell "the kernel of slot $1 cannot be started"
	mount_data
	umount /slot/sys /slot/proc /slot/dev
	return 1
}
