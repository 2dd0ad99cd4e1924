from mockcloud.commands import main

main()
