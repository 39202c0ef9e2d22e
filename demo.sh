#!/bin/sh
# `make demo`: the incident fails `cdk synth`, the guarded app passes. Ends 0 only if both do.
set -u
: "${BIN:=.venv/bin}" "${CDK:=node_modules/.bin/cdk}"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

say '1. The incident: two webhooks, over 900 executions. $ npx cdk synth -c scenario=incident'
"$CDK" synth --quiet -c scenario=incident --output build/incident
incident=$?
if [ "$incident" -ne 1 ]; then
    echo "demo: the incident should fail with exit code 1, but ended with $incident" >&2
    exit 1
fi
echo "-> exit code 1: nothing is deployed."

say '2. The same figures without the CDK, on the files alone. $ seawall check build/incident'
"$BIN/seawall" check build/incident
[ $? -eq 1 ] || { echo 'demo: seawall check should have found errors' >&2; exit 1; }

say '3. As it should be: the queue owns the retry. $ npx cdk synth'
"$CDK" synth --quiet --output build/guarded || { echo 'demo: the guarded app should pass' >&2; exit 1; }
echo '-> exit code 0.'
"$BIN/seawall" check build/guarded || { echo 'demo: seawall check should pass on the guarded app' >&2; exit 1; }

say 'Done. Now try a rule: $ .venv/bin/seawall explain retry-loop'
