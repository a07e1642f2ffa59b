#include "ui/farm_command.hpp"

int main(int argc, char** argv) { return farm::farm_command(argc, argv); }
