"""Running the product on one machine: its servers, its processes, its setting up.

Nothing here is imported by the product. It knows Django only as a command line.
"""
