#!/bin/sh
# Imitates Terraform for tests: logs its arguments, and answers from the folder that FAKE names.
echo "$@" >>"$FAKE/log"
env | sed -n "s/^\(TF_[A-Z_a-z]*=.*\)/$1 \1/p" >>"$FAKE/env"
case $1 in
version)
	if [ "$2" = -json ]; then
		chosen=$(sed -n 's|^  version *= \(".*"\)|"registry.terraform.io/hashicorp/aws": \1|p' .terraform.lock.hcl)
		echo "{\"terraform_version\": \"$(cat "$FAKE/version")\", \"provider_selections\": {$chosen}}"
	else
		echo "Terraform v$(cat "$FAKE/version")"
	fi
	;;
init)
	rm -f "$FAKE/needs-init"
	mkdir -p "$TF_DATA_DIR"
	cp "$FAKE/lock" .terraform.lock.hcl
	;;
plan)
	if [ -e "$FAKE/needs-init" ]; then
		cat "$FAKE/needs-init"
		exit 1
	fi
	for arg in "$@"; do
		case $arg in
		-out=*) : >"${arg#-out=}" ;;
		-destroy) if [ -e "$FAKE/empty-state" ]; then exit 0; fi ;;
		-var-file=*) cp "${arg#-var-file=}" "$FAKE/planned-with" ;;
		esac
	done
	if [ -s adopt.tf ] && [ -e "$FAKE/plan-imported.json" ]; then cp "$FAKE/plan-imported.json" "$FAKE/plan.json"; fi
	if [ -e "$FAKE/plan.jsonl" ]; then
		cat "$FAKE/plan.jsonl"
		exit 1
	fi
	if [ -s "$FAKE/plan.json" ]; then exit 2; fi
	;;
show) cat "$FAKE/plan.json" ;;
apply)
	cat "$FAKE/apply.jsonl"
	if [ -e "$FAKE/hang" ]; then
		trap 'exit 1' INT
		while :; do sleep 0.02; done
	fi
	code=$(cat "$FAKE/apply-code")
	exit "$code"
	;;
untaint)
	if [ -e "$FAKE/untaint-fails" ]; then exit 1; fi
	echo "$PWD" >>"$FAKE/untainted-in"
	if [ -e "$FAKE/plan-untainted.json" ]; then cp "$FAKE/plan-untainted.json" "$FAKE/plan.json"; fi
	;;
state)
	if [ -e "$FAKE/push-fails" ]; then
		cat "$FAKE/push-fails" >&2
		exit 1
	fi
	;;
output)
	if [ -e "$FAKE/needs-init" ]; then
		cat "$FAKE/needs-init" >&2
		exit 1
	fi
	if [ -e "$FAKE/hang-output" ]; then
		trap 'exit 1' INT
		while :; do sleep 0.02; done
	fi
	cat "$FAKE/output.json"
	;;
esac
