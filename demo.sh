#!/bin/sh
# `make demo`: the incident fails `cdk synth`, the guarded app passes, and the incident's reports are written.
# Ends 0 only if all of that is so.
set -u
# Not called CDK: the CLI takes every CDK... in the environment for an option of its own.
: "${BIN:=.venv/bin}" "${TOOLKIT:=node_modules/.bin/cdk}"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] || say() { printf '\n%s\n' "$*"; }

say '1. The incident: two webhooks, over 900 executions; images deleted in use. $ npx cdk synth -c scenario=incident'
"$TOOLKIT" synth --quiet -c scenario=incident --output build/incident
incident=$?
if [ "$incident" -ne 1 ]; then
    echo "demo: the incident should fail with exit code 1, but ended with $incident" >&2
    exit 1
fi
echo "-> exit code 1: nothing is deployed."

say '2. The files alone, without the CDK: one finding drawn. $ seawall check build/incident --select unbounded-retry'
"$BIN/seawall" check build/incident --select unbounded-retry
[ $? -eq 1 ] || { echo 'demo: seawall check should have found errors' >&2; exit 1; }

say '3. As it should be: the queue owns the retry, the image in use has a rule of its own. $ npx cdk synth'
"$TOOLKIT" synth --quiet --output build/guarded || { echo 'demo: the guarded app should pass' >&2; exit 1; }
echo '-> exit code 0.'
"$BIN/seawall" check build/guarded || { echo 'demo: seawall check should pass on the guarded app' >&2; exit 1; }

say '4. The incident for a browser and for code scanning. $ seawall check build/incident --output build/incident.html --output build/incident.sarif'
"$BIN/seawall" check build/incident --output build/incident.html --output build/incident.sarif
[ $? -eq 1 ] || { echo 'demo: seawall check should have found errors' >&2; exit 1; }
for report in build/incident.html build/incident.sarif; do
    [ -s "$report" ] || { echo "demo: there is no $report" >&2; exit 1; }
    echo "-> $PWD/$report"
done

say 'Done. What a rule means: $ .venv/bin/seawall explain retry-loop'
