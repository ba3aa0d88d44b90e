#!/bin/sh
# Makes the certificates of the imaginary networks, once; they are kept, so that no test needs
# this script. Nobody believes these authorities, and the keys are secrets to nobody.
#
#   town-ca            the town's authority
#     localhost        the booking server's relay, good until 2120
#     elsewhere        the same, but for another name
#     expired          the same, good in 2020 only
#     not-yet          the same, good from 2110 on
#   proxy-ca           the authority of a proxy that looks into TLS
#   never-together     by an intermediate authority that was gone before it was good
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# privoxy signs with RSA only.
key() {
	case $1 in
	proxy-ca) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" 2>/dev/null ;;
	*) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" ;;
	esac
}

# sign NAME ISSUER FROM TO EXTENSIONS: a certificate with exact dates, which only `openssl ca` gives.
sign() {
	mkdir -p "$work/$1" && : >"$work/$1/index"
	cat >"$work/$1/ca.cnf" <<END
[ca]
default_ca = this
[this]
new_certs_dir = $work/$1
database = $work/$1/index
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
[extensions]
$(printf '%b' "$5")
END
	[ -f "$1.key" ] || key "$1"
	openssl req -new -key "$1.key" -subj "/CN=Aufruf test: $1" -out "$work/$1/request"
	if [ "$1" = "$2" ]; then by=-selfsign; else by="-cert $2.pem"; fi
	# shellcheck disable=SC2086 # an option and its value
	openssl ca -batch -notext -config "$work/$1/ca.cnf" -extensions extensions $by -keyfile "$2.key" \
		-startdate "$3" -enddate "$4" -in "$work/$1/request" -out "$1.pem" 2>/dev/null
}

authority='basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\nsubjectKeyIdentifier = hash'
server='basicConstraints = CA:FALSE\nextendedKeyUsage = serverAuth\nsubjectAltName = DNS:'
long='20250101000000Z 21200101000000Z'

rm -f ./*.pem ./*.key
# shellcheck disable=SC2086 # two dates
{
	sign town-ca town-ca $long "$authority"
	sign localhost town-ca $long "${server}localhost"
	sign elsewhere town-ca $long "${server}termine.elsewhere.example"
	sign expired town-ca 20200101000000Z 20210101000000Z "${server}localhost"
	sign not-yet town-ca 21100101000000Z 21200101000000Z "${server}localhost"
	sign proxy-ca proxy-ca $long "$authority"
	sign gone-ca town-ca 20100101000000Z 20110101000000Z "$authority"
	sign never-together gone-ca 20200101000000Z 20210101000000Z "${server}localhost"
}
cat never-together.pem gone-ca.pem >"$work/chain" && mv "$work/chain" never-together.pem
rm -f gone-ca.* never-together.key not-yet.key
office=../../../../appliance/office/src/uplink/http/fixtures
cp town-ca.pem localhost.pem elsewhere.pem expired.pem not-yet.pem never-together.pem "$office"
rm -f not-yet.pem never-together.pem
# A proxy that gave up root reads them, too.
chmod 644 ./*.key
