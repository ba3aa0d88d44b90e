# Makes CycloneDX 1.6 of lines "type, name, version, licence".

function quote(text) {
	gsub(/\\/, "\\\\", text)
	gsub(/"/, "\\\"", text)
	return "\"" text "\""
}

# Packages have names for the whole world: https://github.com/package-url/purl-spec
function purl() {
	text = $3
	gsub(/%/, "%25", text)
	gsub(/:/, "%3A", text)
	gsub(/\+/, "%2B", text)
	gsub(/~/, "~", text)
	if ($1 == "deb") return "pkg:deb/debian/" $2 "@" text "?arch=" arch "&distro=debian-13"
	return "pkg:cargo/" $2 "@" text
}

BEGIN {
	print "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"version\": 1,"
	printf " \"metadata\": {\"timestamp\": %s, \"component\": {\"type\": \"operating-system\", \"name\": \"aufruf\", \"version\": %s,\n", quote(time), quote(version)
	printf "  \"properties\": [{\"name\": \"commit\", \"value\": %s}, {\"name\": \"architecture\", \"value\": %s}]}},\n", quote(commit), quote(arch)
	print " \"components\": ["
}

{
	if (NR > 1) print ","
	printf "  {\"type\": \"library\", \"bom-ref\": %s, \"name\": %s, \"version\": %s, \"purl\": %s", quote(purl()), quote($2), quote($3), quote(purl())
	if ($4 != "") printf ", \"licenses\": [{\"expression\": %s}]", quote($4)
	printf "}"
}

END { print "\n ]}" }
