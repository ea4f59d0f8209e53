# METADATA
# title: Durations
# description: Durations of the settings, such as 90s, 15m and 2h.
package sallyport.durations

# METADATA
# title: Seconds
# description: How many seconds a duration is.
seconds(duration) := time.parse_duration_ns(duration) / 1000000000
