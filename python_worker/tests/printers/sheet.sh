#!/bin/sh
# The inside of a virtual printer: `ippeveprinter` runs it for each document. It prints one sheet, a line in the file
# `sheets` of the printer's folder, unless the file `trouble` there names a state reason: then it waits for the file to
# disappear. A job that was cancelled meanwhile prints nothing, as in a real printer.
folder=$VIRTUAL_PRINTER

if [ -s "$folder/trouble" ]; then
  reason=$(cat "$folder/trouble")
  echo "STATE: +$reason" >&2
  while [ -e "$folder/trouble" ]; do sleep 0.1; done
  echo "STATE: -$reason" >&2
  if ipptool -tv -d job="ipp://localhost:$VIRTUAL_PORT/ipp/print/$IPP_JOB_ID" \
    "ipp://localhost:$VIRTUAL_PORT/ipp/print" "${0%/*}/job.test" | grep -q processing-to-stop-point; then
    exit 0
  fi
fi

sleep "$(cat "$folder/seconds")"
if [ -e "$folder/abort" ]; then exit 1; fi
echo "$IPP_JOB_NAME media=$IPP_MEDIA sides=$IPP_SIDES copies=$IPP_COPIES scaling=$IPP_PRINT_SCALING" \
  "bytes=$(wc -c <"$1")" >>"$folder/sheets"
echo "ATTR: job-impressions-completed=1" >&2
