#!/bin/bash
# As many Slurm tasks with trainers as SEEDBED_TRAINERS_WANTED says. For `seedbed scale`; see README.md beside this file.
#
#   npx seedbed --join @$HOME/.seedbed-join scale --max 20 --runs-per-trainer 100 --command examples/slurm/scale-trainers.sh
#
set -euo pipefail

wanted=${SEEDBED_TRAINERS_WANTED:?set by seedbed scale}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
name=seedbed-trainers

# Ids of tasks in one state, one a line: 4711_3.
tasks() { squeue --me --noheader --array --name "$name" --states "$1" --format '%i'; }

mapfile -t pending < <(tasks PENDING)
mapfile -t running < <(tasks RUNNING)
have=$((${#pending[@]} + ${#running[@]}))

if ((have < wanted)); then
  sbatch --job-name "$name" --array "0-$((wanted - have - 1))" ${SEEDBED_SBATCH_OPTIONS:-} "$here/trainers.sbatch"
  exit
fi

# First tasks that have not begun, then trainers without work; those that train are left alone.
surplus=$((have - wanted))
for task in "${pending[@]}"; do
  ((surplus > 0)) || break
  scancel "$task"
  surplus=$((surplus - 1))
done
for trainer in ${SEEDBED_TRAINERS_IDLE:-}; do
  ((surplus > 0)) || break
  # slurm-JOB-TASK, as trainers.sbatch names them; others are not ours.
  [[ $trainer =~ ^slurm-([0-9]+)-([0-9]+)$ ]] || continue
  scancel "${BASH_REMATCH[1]}_${BASH_REMATCH[2]}"
  surplus=$((surplus - 1))
done
