"""Makes the packages: see package_builder."""

from cps_packages.package_builder import main

if __name__ == "__main__":
    main()
