# The habits that are checked like any other test.
