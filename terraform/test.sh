#!/bin/sh
# Checks everything that Terraform can check without an account or a network: format, validity of the root and of each
# module by itself, and every test file. PLUGIN_DIR names a provider mirror; one in a conventional place is found.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# A configuration file that is named but missing costs a warning at every call.
[ -e "${TF_CLI_CONFIG_FILE:-/}" ] || unset TF_CLI_CONFIG_FILE
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1 AWS_EC2_METADATA_DISABLED=true
unset TF_DATA_DIR TF_WORKSPACE

# Terraform looks into its implied directories by itself; what it does not know is a folder of /opt.
for provider in /opt/*/*/hashicorp/aws; do
	[ -z "${PLUGIN_DIR:-}" ] && [ -d "$provider" ] && PLUGIN_DIR=${provider%/*/hashicorp/aws}
done

terraform fmt -check -diff -recursive "$here" "$here/../examples"

# In a copy, so that no .terraform is left in the tree.
cp -R "$here"/*.tf "$here/tests" "$here/modules" "$work"
find "$work" -name '.terraform*' -prune -exec rm -rf {} +

# check MODULE: says one line, or everything when it fails.
check() {
	module=$1
	log=$(mktemp "$work/log.XXXXXX")
	if (
		cd "$work/$module"
		terraform init -backend=false -input=false -no-color ${PLUGIN_DIR:+-plugin-dir="$PLUGIN_DIR"} &&
			terraform validate -no-color && terraform test -no-color
	) >"$log" 2>&1; then
		echo "ok   $module: $(grep -c '^  run .* pass$' "$log") passed"
	else
		sed "s|^|$module: |" "$log" >&2
		return 1
	fi
}

# lane MODULE...: one after the other, the rest even when one fails.
lane() {
	failed=0
	for m in "$@"; do
		check "$m" || failed=1
	done
	return "$failed"
}

lane . modules/trail modules/policy &
other=$!
status=0
lane modules/rule modules/queue modules/bucket modules/alarms || status=1
wait "$other" || status=1
exit "$status"
