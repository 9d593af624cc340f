using Grpc.Core;
using Mesh.Demo.V1;

namespace Mesh.DemoServices.Users;

/// <summary><c>demo.v1.Users</c>: answers from the directory, calls nobody.</summary>
internal sealed class UsersService(UserDirectory directory) : Demo.V1.Users.UsersBase
{
    public override Task<User> GetUser(GetUserRequest request, ServerCallContext context) =>
        directory.Find(request.Id) is { } user
            ? Task.FromResult(user)
            : throw Refusal.NotFound($"no such user '{request.Id}'; there are u-1 to u-100");

    public override Task<ListUsersResponse> ListUsers(ListUsersRequest request, ServerCallContext context) =>
        Task.FromResult(new ListUsersResponse { Users = { directory.All } });
}
