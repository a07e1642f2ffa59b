find_package(farm 99 REQUIRED)
