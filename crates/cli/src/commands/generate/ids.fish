complete -c aril -n "__fish_seen_subcommand_from run info permissions override" -a "(aril list --app --columns=application 2>/dev/null)"
