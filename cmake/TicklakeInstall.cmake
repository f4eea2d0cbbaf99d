# `cmake --install`: a tree that runs wherever it is moved. bin/ticklake finds the libraries that Debian does not have in
# ../lib; Debian's own are found as usual.
