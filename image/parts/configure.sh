# What makes of a Debian tree a box. Sourced by steps/root with $root.

etc=$root/etc
echo aufruf >"$etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 aufruf\n::1 localhost ip6-localhost\n' >"$etc/hosts"
ln -sf ../run/systemd/resolve/stub-resolv.conf "$etc/resolv.conf"
ln -sf /usr/share/zoneinfo/Europe/Berlin "$etc/localtime"
echo Europe/Berlin >"$etc/timezone"
: >"$etc/fstab"
# Given by the initramfs, from the data partition.
: >"$etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id"

# No password anywhere, and no key that others have as well.
sed -i 's/^root:[^:]*:/root:!*:/' "$etc/shadow"
rm -f "$etc"/ssh/ssh_host_*

mkdir -p "$root/data" "$root/config" "$etc/aufruf" "$etc/systemd/system" "$etc/systemd/system-generators"
for generator in systemd-getty-generator systemd-ssh-generator; do
	ln -sf /dev/null "$etc/systemd/system-generators/$generator"
done
for unit in $(words image/mask.txt); do
	ln -sf /dev/null "$etc/systemd/system/$unit"
done
# Only ours: the others were made when their packages were set up.
systemd-sysusers --root="$root" aufruf.conf
systemctl --root="$root" --quiet set-default multi-user.target
# What starts by itself is said by systemd/system-preset, and of the rig's by image/enable.txt.
systemctl --root="$root" --quiet preset-all
for unit in $(words image/enable.txt); do
	systemctl --root="$root" --quiet enable "$unit"
done
for path in $(words image/packages/left-out.txt); do
	# shellcheck disable=SC2086 # a pattern
	rm -rf "${root:?}"/$path
done

# The file system of the data partition follows its partition, which the initramfs grows.
mkdir -p "$etc/systemd/system/local-fs.target.wants"
ln -sf /usr/lib/systemd/system/systemd-growfs@.service "$etc/systemd/system/local-fs.target.wants/systemd-growfs@data.service"

rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/* "${root:?}"/boot "$root"/etc/apt/sources.list*
mkdir -p "$root/boot"
# The name of what is built; an update of the same name is none.
commit=${AUFRUF_VERSION:-$(git rev-parse --short=12 HEAD)}
echo "$commit" >"$work/version"
printf 'AUFRUF_COMMIT=%s\nAUFRUF_DATE=%s\n' "$commit" "$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)" >"$etc/aufruf/release"

# Updates: which system fits, whose signature counts. The kernel that fits this root stands in it.
sed "s/@ARCH@/$arch/" "$etc/rauc/system.conf.in" >"$etc/rauc/system.conf"
rm "$etc/rauc/system.conf.in"
[ -e "$keys/keyring.pem" ] || image/keys/make "$keys"
install -m 644 "$keys/keyring.pem" "$etc/rauc/keyring.pem"
install -m 644 "$out/vmlinuz" "$root/boot/vmlinuz"
install -m 644 "$out/initrd" "$root/boot/initrd"

# Tells systemd that hardware table, users and catalogue fit what lies in /usr: no work at start.
touch -d "@$SOURCE_DATE_EPOCH" "$root/usr" "$etc/.updated" "$root/var/.updated"
for place in etc var; do
	printf 'TIMESTAMP_NSEC=%s000000000\n' "$SOURCE_DATE_EPOCH" >"$root/$place/.updated"
	touch -d "@$SOURCE_DATE_EPOCH" "$root/$place/.updated"
done
