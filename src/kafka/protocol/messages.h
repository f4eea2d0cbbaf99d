// All messages of the table in apis.h.
#pragma once

#include "kafka/protocol/configs.h"
#include "kafka/protocol/fetch.h"
#include "kafka/protocol/group_admin.h"
#include "kafka/protocol/group_offsets.h"
#include "kafka/protocol/membership.h"
#include "kafka/protocol/metadata.h"
#include "kafka/protocol/produce.h"
#include "kafka/protocol/topics.h"
