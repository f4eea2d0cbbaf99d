# The habits that are checked like any other test.

add_test(NAME "check: includes" COMMAND "${PROJECT_SOURCE_DIR}/tools/check-includes")
add_test(NAME "check: includes, the checker itself" COMMAND "${PROJECT_SOURCE_DIR}/tools/check-includes" --self-test)
add_test(NAME "check: format" COMMAND "${PROJECT_SOURCE_DIR}/tools/check-format")
add_test(NAME "check: scripts" COMMAND "${PROJECT_SOURCE_DIR}/tools/check-scripts")
set_tests_properties("check: includes" "check: includes, the checker itself" "check: format" "check: scripts"
                     PROPERTIES TIMEOUT 120 LABELS check)
