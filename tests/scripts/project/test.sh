#!/usr/bin/env bash
# A fake test suite: prints its arguments and follows them.
printf '[%s]' "$@"
echo " MODE=${MODE-unset} MORE=${MORE-unset}"
for word; do
  case $word in
    exit=*) exit "${word#*=}" ;;
    err) echo "an error line" >&2 ;;
    stdin) cksum ;;
    terminal) if [ -t 0 ] && [ -t 1 ]; then echo "a terminal"; else echo "no terminal"; fi ;;
    sleep)
      touch "$FAKE/under-way"
      exec sleep 30
      ;;
  esac
done
