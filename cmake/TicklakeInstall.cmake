# `cmake --install`: a tree that runs wherever it is moved. bin/ticklake finds the libraries that Debian does not have
# in ../lib; Debian's own are found as usual.

include(GNUInstallDirs)
set(CMAKE_INSTALL_LIBDIR lib) # one name on every system: the program looks in $ORIGIN/../lib
set(doc "${CMAKE_INSTALL_DATADIR}/doc/ticklake")

get_target_property(type ticklake TYPE)
if(type STREQUAL "EXECUTABLE")
  set_target_properties(ticklake PROPERTIES INSTALL_RPATH "$ORIGIN/../lib")
  install(TARGETS ticklake RUNTIME DESTINATION bin)
endif()
if(TICKLAKE_BUNDLED)
  install(IMPORTED_RUNTIME_ARTIFACTS ${TICKLAKE_BUNDLED} LIBRARY DESTINATION lib)
  install(DIRECTORY "${TICKLAKE_DEPS_DIR}/licences" DESTINATION "${doc}")
endif()
install(FILES LICENSE THIRD_PARTY.md CHANGELOG.md README.md DESTINATION "${doc}" OPTIONAL)
install(DIRECTORY docs/ DESTINATION "${doc}/docs" OPTIONAL)
