#!/bin/sh
# Checks everything that Terraform and OpenTofu can check without an account or a network: format, validity of the root,
# of each module and of each example by itself, and every test file. It runs with both programs if both are installed;
# TERRAFORM selects one. PLUGIN_DIR names a provider mirror; without it, one in /opt or Terraform's own is used.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# Terraform warns at every call if the configuration file that is named does not exist.
[ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1 AWS_EC2_METADATA_DISABLED=true
# Each run reads the provider's whole schema, which takes a fifth less with fewer garbage collections.
export GOGC="${GOGC:-400}"
unset TF_DATA_DIR TF_WORKSPACE

programs=
for p in ${TERRAFORM:-terraform tofu}; do
	if command -v "$p" >/dev/null; then
		programs="$programs $p"
	else
		echo "$p is not on the PATH: nothing was checked with it"
	fi
done
[ -n "$programs" ] || exit 1

# Terraform searches its implied mirror directories by itself, but not the folders of /opt.
for provider in /opt/*/*/hashicorp/aws; do
	[ -z "${PLUGIN_DIR:-}" ] && [ -d "$provider" ] && PLUGIN_DIR=${provider%/*/hashicorp/aws}
done

# mirror PROGRAM prints the folder in which the program finds the provider, under the name of its own registry.
mirror() {
	if [ -z "${PLUGIN_DIR:-}" ] || "$1" version | grep -q '^Terraform'; then
		echo "${PLUGIN_DIR:-}"
		return
	fi
	for release in "$PLUGIN_DIR"/*/hashicorp/aws/*/*_*; do
		version=$(basename "$(dirname "$release")")
		mkdir -p "$work/mirror/registry.opentofu.org/hashicorp/aws/$version"
		ln -sf "$release" "$work/mirror/registry.opentofu.org/hashicorp/aws/$version/"
	done
	echo "$work/mirror"
}

# check PROGRAM MIRROR FOLDER prints one line, or everything if it fails. A test begins with the checks of validate.
check() {
	log=$(mktemp "$work/log.XXXXXX")
	if (
		cd "$work/$(basename "$1")/terraform/$3"
		verb=validate
		[ -d tests ] && verb='test'
		"$1" init -backend=false -input=false -no-color ${2:+-plugin-dir="$2"} && "$1" "$verb" -no-color
	) >"$log" 2>&1; then
		echo "ok   $(basename "$1") $3: $(grep -c '^  run .* pass$' "$log") passed"
	else
		sed "s|^|$1 $3: |" "$log" >&2
		return 1
	fi
}

# lane PROGRAM MIRROR FOLDER... checks one folder after the other, even if one fails.
lane() {
	program=$1 plugins=$2 failed=0
	shift 2
	for m in "$@"; do
		check "$program" "$plugins" "$m" || failed=1
	done
	return "$failed"
}

status=0
for p in $programs; do
	"$p" fmt -check -diff -recursive "$here" "$here/../examples"
	plugins=$(mirror "$p")

	# In a copy, so that no .terraform is left in the tree.
	tree=$work/$(basename "$p")/terraform
	mkdir -p "$tree"
	cp -R "$here"/*.tf "$here/tests" "$here/modules" "$here/examples" "$tree"
	find "$tree" -name '.terraform*' -prune -exec rm -rf {} +

	lane "$p" "$plugins" . modules/trail modules/policy examples/complete &
	other=$!
	lane "$p" "$plugins" modules/rule modules/queue modules/bucket modules/alarms examples/modules-alone || status=1
	wait "$other" || status=1
done
exit "$status"
