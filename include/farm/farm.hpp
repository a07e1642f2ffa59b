/// Everything a program that runs functions on a farm needs; <farm/boost.hpp> besides for types of Boost.Serialization.
#pragma once
#include "farm/command.hpp"
#include "farm/future.hpp"
#include "farm/main.hpp"
#include "farm/pack.hpp"
#include "farm/pool.hpp"
#include "farm/task_error.hpp"
#include "farm/version.hpp"
