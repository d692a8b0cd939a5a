plugins {
    kotlin("jvm") version "2.1.0"
    id("org.gradle.test-retry") version "1.6.0"
}

tasks.test {
    useJUnitPlatform()
    retry {
        maxRetries.set(2)
        maxFailures.set(5)
        failOnPassedAfterRetry.set(false)
    }
}
