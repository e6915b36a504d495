complete --keep-order --exclusive --command sendivent --arguments "(COMPLETE=fish sendivent -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
