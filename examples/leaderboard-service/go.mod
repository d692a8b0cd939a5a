module example.com/leaderboard-service

go 1.22
