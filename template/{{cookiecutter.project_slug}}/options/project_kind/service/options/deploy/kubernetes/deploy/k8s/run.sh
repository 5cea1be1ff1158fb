#!/usr/bin/env bash
# Runs steps on a cluster, one after another: `deploy/k8s/run.sh overlays/spot prepare folds merge`.
set -euo pipefail
folder=$(dirname "$0")/$1
shift
kubectl apply -k "$folder" -l '!step'
for step in "$@"; do
    jobs="app.kubernetes.io/name={{ cookiecutter.project_slug }},step=$step"
    kubectl delete job -l "$jobs" --ignore-not-found
    kubectl apply -k "$folder" -l "step=$step"
    until ended=$(kubectl get job -l "$jobs" -o 'jsonpath={.items[*].status.conditions[?(@.status=="True")].type}') &&
        [[ $ended =~ Complete|Failed ]]; do
        sleep 5
    done
    if [[ $ended != *Complete* ]]; then
        echo "The step $step failed: kubectl logs -l $jobs --prefix" >&2
        exit 1
    fi
done
