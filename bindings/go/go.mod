module sidewinder

go 1.19
