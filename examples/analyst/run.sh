#!/usr/bin/env bash
# An analyst's way from an ENVI image and two spectral libraries to maps and a table, on a
# generated scene, and on a real one where POLYAD_SHARED says where it is:
#
#   bash examples/analyst/run.sh [FOLDER]
#
# Needs Go. FOLDER (default: a new temporary one) gets the files; see report.html in it.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${1:-$(mktemp -d)}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
cd "$here"
go build -o "$folder/polyad" ./cmd/polyad
go run ./examples/analyst "$folder"
cd "$folder"
say() { printf '\n+ %s\n' "$*"; "$@"; }

# What is in the files, and does it fit together?
say ./polyad info scene.hdr --lib minerals.sli --lib cover.sli

# Which spectra, how much of each in every pixel, and would others have done as well?
say ./polyad unmix scene.hdr --lib minerals=minerals.sli:0..3 --lib cover=cover.sli:1..2 --rank 4 \
  --drop 1350-1450,1790-1960 --normalize l2 --sum-to-one --prune 1deg --trust --out out

# The same from a file that is not read whole; what it writes opens in a GIS as well.
say ./polyad unmix scene.hdr --lib minerals=minerals.sli:0..3 --lib cover=cover.sli:1..2 --rank 4 \
  --drop 1350-1450,1790-1960 --memory 100MB --out tiles

# The maps are an image, and the chosen spectra a library, for what comes next.
say ./polyad info out/abundances.hdr
say ./polyad unmix scene.hdr --lib again=out/spectra.sli:4..4 --rank 4 --drop 1350-1450,1790-1960
printf '\n+ table.csv\n'
cat out/table.csv

real="${POLYAD_SHARED:-}/data"
if [ -n "${POLYAD_SHARED:-}" ] && [ -d "$real/envi/gamsberg" ]; then
  image="$real/envi/gamsberg/cubus_gamsberg_subset"
  field="$real/libraries/gamsberg/gamsberg_field_library"
  usgs="$real/libraries/splib/s06av95a_envi.sli"
  say ./polyad info "$image" --lib "$field" --lib "$usgs"
  # Reflectances of the image are times 10000.
  say ./polyad unmix "$image" --scale 10000 --lib "minerals=$usgs:0..4" --lib "vegetation=$field:1..2" --self 0..2 --rank 6 \
    --drop 1350-1450,1790-1960 --normalize l2 --sum-to-one --prune 3deg --trust --out gamsberg
else
  printf '\nNot run: the real scene (POLYAD_SHARED does not say where it is).\n'
fi
printf '\nAll is in %s; the page is out/report.html.\n' "$folder"
